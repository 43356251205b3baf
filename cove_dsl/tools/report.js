const field=document.querySelector('nav input');
if (field) field.addEventListener('input',()=>{const wanted=field.value.toLowerCase();
for(const item of document.querySelectorAll('nav li'))item.hidden=!item.dataset.text.toLowerCase().includes(wanted)});
